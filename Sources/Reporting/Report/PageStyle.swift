// How a report looks.

/// Colours by role, once for light and once for dark; everything else refers to them. Series colours are
/// told apart by people with common colour blindness (after Okabe and Ito).
enum PageStyle {
  static let css = """
    :root { color-scheme: light dark; --ink: #1c1f23; --soft: #5c6570; --page: #f6f7f8; --card: #fff;
      --line: #d9dde2; --warn: #8a4b00; --warnback: #fff4e0;
      --c1: #0067b0; --c2: #c4480a; --c3: #00805c; --c4: #a3478c; --c5: #8a6d00; --c6: #55606b;
      --c7: #6a4fc0; --c8: #7a3b1e; }
    @media screen and (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9ba6b2; --page: #14171a;
      --card: #1d2126; --line: #363d45; --warn: #ffc46b; --warnback: #33270f;
      --c1: #5db4f5; --c2: #ff9152; --c3: #3fd0a4; --c4: #e59ad1; --c5: #e5c84a; --c6: #a9b4bf;
      --c7: #b3a1ff; --c8: #d39a7c; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 1440px; padding: 20px 24px 48px; background: var(--page);
      color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    h1 { font-size: 24px; margin: 4px 0 2px; overflow-wrap: anywhere; }
    h2 { font-size: 19px; margin: 34px 0 12px; }
    h3 { font-size: 16px; margin: 0 0 8px; overflow-wrap: anywhere; }
    p { margin: 6px 0; }
    .soft, .note, figcaption small { color: var(--soft); }
    .note { font-size: 13px; margin: 2px 0 0; }
    .cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 350px), 1fr)); }
    .card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
      padding: 14px 16px; margin: 0; min-width: 0; }
    figcaption { font-weight: 600; margin-bottom: 2px; }
    .tiles { display: grid; gap: 10px 16px; grid-template-columns: repeat(auto-fill, minmax(128px, 1fr));
      margin: 8px 0 2px; }
    .tiles div { min-width: 0; }
    .tiles b { display: block; font-size: 19px; font-weight: 600; line-height: 1.25;
      font-variant-numeric: tabular-nums; }
    .tiles span { color: var(--soft); font-size: 13px; }
    .bar { height: 8px; border-radius: 4px; background: var(--line); overflow: hidden; margin: 8px 0 4px; }
    .bar i { display: block; height: 100%; background: var(--c1); }
    .warnings { background: var(--warnback); color: var(--warn); border-radius: 8px; padding: 10px 16px;
      margin: 10px 0 0; }
    .warnings ul { margin: 0; padding-left: 18px; }
    .warnings li { overflow-wrap: anywhere; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 0; margin: 0 0 4px;
      font-size: 13px; color: var(--soft); }
    .legend b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
    .swatch { display: inline-block; width: 16px; height: 4px; border-radius: 2px; margin-right: 5px;
      vertical-align: middle; }
    svg { display: block; width: 100%; height: auto; }
    figure > svg text, .stack text { fill: var(--soft); font-size: 12px;
      font-family: system-ui, "Helvetica Neue", Arial, sans-serif; }
    text.y { text-anchor: end; } text.x { text-anchor: middle; }
    .grid { stroke: var(--line); stroke-width: 1; }
    polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
    polyline.c1 { stroke: var(--c1); } polyline.c2 { stroke: var(--c2); } polyline.c3 { stroke: var(--c3); }
    polyline.c4 { stroke: var(--c4); } polyline.c5 { stroke: var(--c5); } polyline.c6 { stroke: var(--c6); }
    circle.c1, rect.c1 { fill: var(--c1); } circle.c2, rect.c2 { fill: var(--c2); }
    circle.c3, rect.c3 { fill: var(--c3); } circle.c4, rect.c4 { fill: var(--c4); }
    circle.c5, rect.c5 { fill: var(--c5); } circle.c6, rect.c6 { fill: var(--c6); }
    rect.c7 { fill: var(--c7); } rect.c8 { fill: var(--c8); }
    .swatch.c1 { background: var(--c1); } .swatch.c2 { background: var(--c2); }
    .swatch.c3 { background: var(--c3); } .swatch.c4 { background: var(--c4); }
    .swatch.c5 { background: var(--c5); } .swatch.c6 { background: var(--c6); }
    .swatch.c7 { background: var(--c7); } .swatch.c8 { background: var(--c8); }
    .drawing { background: #fff; border-radius: 4px; padding: 4px; color: #222; overflow-x: auto; }
    .drawing.adaptive { background: none; padding: 0; }
    .drawing.adaptive rect[fill="#ffffff"] { fill: none; }
    .drawing svg { max-width: 900px; margin: 0 auto; }
    .wide { grid-column: 1 / -1; }
    .scroll { overflow-x: auto; max-width: 100%; }
    table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 3px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
    th:first-child, td:first-child { text-align: left; padding-left: 0; }
    th { color: var(--soft); font-weight: 600; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 14px; margin: 0; }
    dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
    pre { overflow-x: auto; background: var(--page); border: 1px solid var(--line); border-radius: 6px;
      padding: 10px 12px; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
      margin: 6px 0; }
    pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
    pre.wrap span { display: inline-block; max-width: 100%; }
    details { margin-top: 8px; } summary { cursor: pointer; color: var(--c1); overflow-wrap: anywhere; }
    @media (max-width: 520px) { body { padding: 12px 12px 32px; } .card, figure { padding: 12px; }
      dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 6px; }
      figure > svg text { font-size: 13.5px; } }
    @media print { @page { margin: 14mm; }
      :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb;
        --warn: #5c3200; --warnback: #fff; }
      body { max-width: none; padding: 0; font-size: 10.5pt; print-color-adjust: exact;
        -webkit-print-color-adjust: exact; }
      .cards { grid-template-columns: 1fr 1fr; gap: 10px; } .cards > :only-child { grid-column: 1 / -1; }
      figure, .card { break-inside: avoid; padding: 8px 12px; }
      figure > svg text { font-size: 13.5px; }
      .drawing svg { max-width: 100%; max-height: 96mm; }
      .tiles { grid-template-columns: repeat(4, 1fr); } h2 { margin-top: 18px; }
      h2, h2 + p { break-after: avoid; }
      .scroll, pre, .drawing { overflow: visible; } pre { white-space: pre-wrap; }
      th, td { padding: 2px 6px; white-space: normal; overflow-wrap: anywhere; } tr { break-inside: avoid; }
      thead { display: table-header-group; } .warnings { border: 1px solid; } }
    """
}
