// Matrix products whose results stay in registers, and the columns' passes between them. All of it is inlined into Swift,
// so that it is compiled for the processor that the program is compiled for.
//
// No sum depends on how many rows or columns are computed together: a number of a product is its addends one behind the other.
#pragma once

#include <stdint.h>
#include <string.h>

#include "bfloat16.h"
#include "compiled_for.h"

#pragma clang fp contract(off)
// Everything that takes vectors is inlined, so no convention of calls is asked for.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#define HYPERDIST_UNROLL _Pragma("clang loop unroll(full)")

// Sixteen Floats, and sixteen Doubles, wherever they lie.
typedef float hyperdist_floats __attribute__((vector_size(64), aligned(4), may_alias));
typedef double hyperdist_doubles __attribute__((vector_size(128), aligned(8), may_alias));

HYPERDIST_INLINE hyperdist_floats hyperdist_load(const void *numbers) {
  return *(const hyperdist_floats *)numbers;
}

HYPERDIST_INLINE void hyperdist_store(void *numbers, hyperdist_floats value) {
  *(hyperdist_floats *)numbers = value;
}

HYPERDIST_INLINE hyperdist_floats hyperdist_repeat(float x) {
  return (hyperdist_floats){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}

// The first `count` of sixteen numbers, then zeros.
HYPERDIST_INLINE hyperdist_floats hyperdist_load_part(const float *numbers, long count) {
  if (count >= 16) return hyperdist_load(numbers);
  float part[16] = {0};
  for (long i = 0; i < count; i++) part[i] = numbers[i];
  return hyperdist_load(part);
}

// sum + left * right, rounded once where the processor does.
HYPERDIST_INLINE hyperdist_floats hyperdist_add_product(
    hyperdist_floats sum, float left, hyperdist_floats right) {
#if defined(__AVX512F__)
  return (hyperdist_floats)_mm512_fmadd_ps(_mm512_set1_ps(left), (__m512)right, (__m512)sum);
#elif HYPERDIST_FUSED_MULTIPLY_ADD
  return __builtin_elementwise_fma(hyperdist_repeat(left), right, sum);
#else
  return sum + hyperdist_repeat(left) * right;
#endif
}

// The same of both numbers of a pair of bfloat16, where the processor multiplies them.
HYPERDIST_INLINE hyperdist_floats hyperdist_add_pair(
    hyperdist_floats sum, float left, hyperdist_floats right) {
#if HYPERDIST_BFLOAT16_INSTRUCTIONS
  return (hyperdist_floats)_mm512_dpbf16_ps(
      (__m512)sum, (__m512bh)_mm512_set1_ps(left), (__m512bh)right);
#else
  __builtin_trap();
#endif
}

// Rows, and vectors of sixteen columns, of the largest tile that registers hold.
#if HYPERDIST_SIMD_WIDTH == 512
#define HYPERDIST_TILE_ROWS 12
#define HYPERDIST_TILE_VECTORS 2
#elif HYPERDIST_SIMD_WIDTH == 256
#define HYPERDIST_TILE_ROWS 6
#define HYPERDIST_TILE_VECTORS 1
#else
#define HYPERDIST_TILE_ROWS 2
#define HYPERDIST_TILE_VECTORS 1
#endif

// result[j, c] = sum over k < count of left[j, k] * right[k, c], then the addends' [j, c] one after the other.
struct hyperdist_product {
  // left[j, k] is the word j * left_row + k * left_step: a Float, or a pair of bfloat16.
  const float *left;
  long left_row;
  long left_step;
  // Rows of words, `right_step` apart; a multiple of sixteen of each is read.
  const float *right;
  long right_step;
  long count;
  // Rows `result_step` apart; added to what is there where `accumulating`.
  float *result;
  long result_step;
  int accumulating;
  // The first addend's row 0, rows `addend_step` apart; the next addend begins `addend_gap` behind it.
  const float *addend;
  long addend_step;
  long addend_gap;
  long addends;
};

HYPERDIST_INLINE void hyperdist_tile(
    const struct hyperdist_product *x, const int isPair, const int rows, const int vectors) {
  hyperdist_floats sums[HYPERDIST_TILE_ROWS][HYPERDIST_TILE_VECTORS];
  const float *left = x->left, *right = x->right;
  const long row = x->left_row, step = x->left_step, rightStep = x->right_step;
  HYPERDIST_UNROLL for (int j = 0; j < rows; j++) {
    HYPERDIST_UNROLL for (int v = 0; v < vectors; v++) {
      sums[j][v] = x->accumulating ? hyperdist_load(x->result + j * x->result_step + 16 * v)
                                   : hyperdist_repeat(0);
    }
  }
  for (long k = x->count; k > 0; k--) {
    hyperdist_floats factors[HYPERDIST_TILE_VECTORS];
    HYPERDIST_UNROLL for (int v = 0; v < vectors; v++) factors[v] = hyperdist_load(right + 16 * v);
    HYPERDIST_UNROLL for (int j = 0; j < rows; j++) {
      const float factor = left[j * row];
      HYPERDIST_UNROLL for (int v = 0; v < vectors; v++) {
        sums[j][v] = isPair ? hyperdist_add_pair(sums[j][v], factor, factors[v])
                            : hyperdist_add_product(sums[j][v], factor, factors[v]);
      }
    }
    left += step;
    right += rightStep;
  }
  for (long i = 0; i < x->addends; i++) {
    const float *addend = x->addend + i * x->addend_gap;
    HYPERDIST_UNROLL for (int j = 0; j < rows; j++) {
      HYPERDIST_UNROLL for (int v = 0; v < vectors; v++) {
        sums[j][v] += hyperdist_load(addend + j * x->addend_step + 16 * v);
      }
    }
  }
  HYPERDIST_UNROLL for (int j = 0; j < rows; j++) {
    HYPERDIST_UNROLL for (int v = 0; v < vectors; v++) {
      hyperdist_store(x->result + j * x->result_step + 16 * v, sums[j][v]);
    }
  }
}

// The first rows of a product, as many as one tile takes. Returns their number.
HYPERDIST_INLINE long hyperdist_first_rows(
    const struct hyperdist_product *x, long rows, const int isPair, const int vectors) {
#if HYPERDIST_TILE_ROWS >= 12
  if (rows >= 12) {
    hyperdist_tile(x, isPair, 12, vectors);
    return 12;
  }
  if (rows >= 8) {
    hyperdist_tile(x, isPair, 8, vectors);
    return 8;
  }
#elif HYPERDIST_TILE_ROWS >= 6
  if (rows >= 6) {
    hyperdist_tile(x, isPair, 6, vectors);
    return 6;
  }
#endif
#if HYPERDIST_TILE_ROWS >= 4
  if (rows >= 4) {
    hyperdist_tile(x, isPair, 4, vectors);
    return 4;
  }
#endif
  if (rows >= 2) {
    hyperdist_tile(x, isPair, 2, vectors);
    return 2;
  }
  hyperdist_tile(x, isPair, 1, vectors);
  return 1;
}

// All rows. What is not a multiple of sixteen columns is computed aside.
HYPERDIST_INLINE void hyperdist_tiles(
    struct hyperdist_product x, long rows, long columns, const int isPair, const int vectors) {
  float part[HYPERDIST_TILE_ROWS * HYPERDIST_TILE_VECTORS * 16];
  const int isWhole = columns == 16 * vectors;
  while (rows > 0) {
    struct hyperdist_product tile = x;
    if (!isWhole) {
      tile.result = part;
      tile.result_step = 16 * vectors;
      const long kept = x.accumulating ? rows < HYPERDIST_TILE_ROWS ? rows : HYPERDIST_TILE_ROWS : 0;
      for (long j = 0; j < kept; j++) {
        memcpy(part + j * 16 * vectors, x.result + j * x.result_step, columns * sizeof(float));
      }
    }
    const long done = hyperdist_first_rows(&tile, rows, isPair, vectors);
    for (long j = 0; !isWhole && j < done; j++) {
      memcpy(x.result + j * x.result_step, part + j * 16 * vectors, columns * sizeof(float));
    }
    x.left += done * x.left_row;
    x.result += done * x.result_step;
    x.addend += done * x.addend_step;
    rows -= done;
  }
}

// `columns` of the result, at most those of a tile.
static inline void hyperdist_multiply_floats(struct hyperdist_product x, long rows, long columns) {
#if HYPERDIST_TILE_VECTORS == 2
  if (columns > 16) {
    hyperdist_tiles(x, rows, columns, 0, 2);
    return;
  }
#endif
  hyperdist_tiles(x, rows, columns, 0, 1);
}

// The same of pairs of bfloat16.
static inline void hyperdist_multiply_pairs(struct hyperdist_product x, long rows, long columns) {
#if HYPERDIST_BFLOAT16_INSTRUCTIONS
  if (columns > 16) {
    hyperdist_tiles(x, rows, columns, 1, 2);
  } else {
    hyperdist_tiles(x, rows, columns, 1, 1);
  }
#else
  __builtin_trap();
#endif
}

// The sum of several products whose factors lie one behind the other, `count` words each: behind product i, the youngest
// merges[i] of the sums that are kept are added to it, and the result is kept. `kept`: as many tiles as are kept at a time.
HYPERDIST_INLINE void hyperdist_sum_tiles(
    struct hyperdist_product x, long rows, long columns, long products, const long *merges,
    float *kept, const int isPair, const int vectors) {
  const long size = HYPERDIST_TILE_ROWS * HYPERDIST_TILE_VECTORS * 16;
  const int isWhole = columns == 16 * vectors;
  while (rows > 0) {
    long count = 0, done = 0;
    struct hyperdist_product tile = x;
    tile.accumulating = 0;
    tile.addend_step = 16 * vectors;
    tile.addend_gap = -size;
    for (long i = 0; i < products; i++) {
      tile.addends = merges[i];
      tile.addend = kept + (count - 1) * size;
      count -= merges[i];
      const int isResult = isWhole && i == products - 1;
      tile.result = isResult ? x.result : kept + count * size;
      tile.result_step = isResult ? x.result_step : 16 * vectors;
      done = hyperdist_first_rows(&tile, rows, isPair, vectors);
      tile.left += x.count * x.left_step;
      tile.right += x.count * x.right_step;
      count++;
    }
    for (long j = 0; !isWhole && j < done; j++) {
      memcpy(x.result + j * x.result_step, kept + j * 16 * vectors, columns * sizeof(float));
    }
    x.left += done * x.left_row;
    x.result += done * x.result_step;
    rows -= done;
  }
}

static inline void hyperdist_sum_floats(
    struct hyperdist_product x, long rows, long columns, long products, const long *merges,
    float *kept) {
#if HYPERDIST_TILE_VECTORS == 2
  if (columns > 16) {
    hyperdist_sum_tiles(x, rows, columns, products, merges, kept, 0, 2);
    return;
  }
#endif
  hyperdist_sum_tiles(x, rows, columns, products, merges, kept, 0, 1);
}

static inline void hyperdist_sum_pairs(
    struct hyperdist_product x, long rows, long columns, long products, const long *merges,
    float *kept) {
#if HYPERDIST_BFLOAT16_INSTRUCTIONS
  if (columns > 16) {
    hyperdist_sum_tiles(x, rows, columns, products, merges, kept, 1, 2);
  } else {
    hyperdist_sum_tiles(x, rows, columns, products, merges, kept, 1, 1);
  }
#else
  __builtin_trap();
#endif
}

// Sixteen words of a row from `numbers` on, of which `count` numbers are there: Floats, or pairs of neighbours.
HYPERDIST_INLINE hyperdist_floats hyperdist_words(const float *numbers, long count, const int isPair) {
  if (!isPair) return hyperdist_load_part(numbers, count);
#if HYPERDIST_BFLOAT16_INSTRUCTIONS
  return (hyperdist_floats)_mm512_cvtne2ps_pbh(
      (__m512)hyperdist_load_part(numbers + 16, count - 16),
      (__m512)hyperdist_load_part(numbers, count));
#else
  __builtin_trap();
#endif
}

// Transposes sixteen rows of sixteen words.
HYPERDIST_INLINE void hyperdist_transpose(hyperdist_floats rows[16]) {
  HYPERDIST_UNROLL for (int round = 0; round < 4; round++) {
    hyperdist_floats result[16];
    HYPERDIST_UNROLL for (int i = 0; i < 8; i++) {
      result[2 * i] = __builtin_shufflevector(
          rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      result[2 * i + 1] = __builtin_shufflevector(
          rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    HYPERDIST_UNROLL for (int i = 0; i < 16; i++) rows[i] = result[i];
  }
}

// target[word, c] = the words of source[c, :], (columns, inner) in rows `sourceStep` apart; columns up to 16.
static inline void hyperdist_pack_columns(
    const float *source, long sourceStep, long columns, long inner, int isPair, float *target,
    long targetStep) {
  const long numbers = isPair ? 32 : 16, words = isPair ? (inner + 1) / 2 : inner;
  for (long word = 0; word < words; word += 16) {
    hyperdist_floats block[16];
    const long first = isPair ? 2 * word : word, left = inner - first;
    HYPERDIST_UNROLL for (int c = 0; c < 16; c++) {
      if (c >= columns) block[c] = hyperdist_repeat(0);
      else if (left >= numbers)
        block[c] = isPair ? hyperdist_words(source + c * sourceStep + first, 32, 1)
                          : hyperdist_load(source + c * sourceStep + first);
      else
        block[c] = isPair ? hyperdist_words(source + c * sourceStep + first, left, 1)
                          : hyperdist_words(source + c * sourceStep + first, left, 0);
    }
    hyperdist_transpose(block);
    HYPERDIST_UNROLL for (int k = 0; k < 16; k++) {
      if (word + k < words) hyperdist_store(target + (word + k) * targetStep, block[k]);
    }
  }
}

// target[word, c] = source[word, c] or the pair source[2 word, c], source[2 word + 1, c], of (inner, columns) in rows
// `sourceStep` apart; `columns` are filled up to a multiple of sixteen with zeros.
static inline void hyperdist_pack_rows(
    const float *source, long sourceStep, long columns, long inner, int isPair, float *target,
    long targetStep) {
  for (long k = 0; k < inner; k += isPair ? 2 : 1) {
    const float *row = source + k * sourceStep;
    for (long c = 0; c < columns; c += 16) {
      hyperdist_floats first = hyperdist_load_part(row + c, columns - c);
      if (isPair) {
        hyperdist_floats second = k + 1 < inner
            ? hyperdist_load_part(row + sourceStep + c, columns - c) : hyperdist_repeat(0);
        hyperdist_narrow_pairs(&first, &second, target + c);
      } else {
        hyperdist_store(target + c, first);
      }
    }
    target += targetStep;
  }
}

// Rows of pairs of neighbours, `targetStep` words apart, of rows of `count` numbers; each filled up to sixteen words.
static inline void hyperdist_pack_neighbours(
    const float *source, long sourceStep, long rows, long count, float *target, long targetStep) {
  for (long row = 0; row < rows; row++) {
    for (long i = 0; i < count; i += 32) {
      hyperdist_store(
          target + row * targetStep + i / 2,
          hyperdist_words(source + row * sourceStep + i, count - i, 1));
    }
  }
}

HYPERDIST_INLINE hyperdist_doubles hyperdist_double(hyperdist_floats x) {
  return __builtin_convertvector(x, hyperdist_doubles);
}

// Of sixteen columns: a = max(y, leak * y) in place, and sum a and sum a^2 over the rows, added to what is there where
// `accumulating`.
static inline void hyperdist_activate(
    float *values, long step, long rows, float leak, double *sums, double *squares,
    int accumulating) {
  hyperdist_doubles sum = {0}, square = {0};
  if (accumulating) {
    sum = *(const hyperdist_doubles *)sums;
    square = *(const hyperdist_doubles *)squares;
  }
  for (long row = 0; row < rows; row++, values += step) {
    hyperdist_floats y = hyperdist_load(values);
    hyperdist_floats a = __builtin_elementwise_max(y, y * hyperdist_repeat(leak));
    hyperdist_store(values, a);
    hyperdist_doubles wide = hyperdist_double(a);
    sum += wide;
    square += wide * wide;
  }
  *(hyperdist_doubles *)sums = sum;
  *(hyperdist_doubles *)squares = square;
}

// Of sixteen columns: sum dz and sum dz * (a - mean) * inverse over the rows, likewise.
static inline void hyperdist_backward_sums(
    const float *gradient, long gradientStep, const float *activations, long step, long rows,
    const float *means, const float *inverses, double *sums, double *products, int accumulating) {
  hyperdist_doubles sum = {0}, product = {0};
  if (accumulating) {
    sum = *(const hyperdist_doubles *)sums;
    product = *(const hyperdist_doubles *)products;
  }
  const hyperdist_floats mean = hyperdist_load(means), inverse = hyperdist_load(inverses);
  for (long row = 0; row < rows; row++, gradient += gradientStep, activations += step) {
    hyperdist_floats dz = hyperdist_load(gradient);
    hyperdist_doubles wide = hyperdist_double(dz);
    sum += wide;
    product += wide * hyperdist_double((hyperdist_load(activations) - mean) * inverse);
  }
  *(hyperdist_doubles *)sums = sum;
  *(hyperdist_doubles *)products = product;
}

// The square roots of sixteen numbers.
HYPERDIST_INLINE void hyperdist_square_roots(const void *numbers, void *roots) {
  hyperdist_store(roots, __builtin_elementwise_sqrt(hyperdist_load(numbers)));
}

#pragma clang diagnostic pop
