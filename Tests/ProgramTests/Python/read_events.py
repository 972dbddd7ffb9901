#!/usr/bin/env python3
"""Reads an event file by the formats' definitions, with nothing but the standard library: prints step, tag and
value of every scalar, and step, tag, count and sum of every histogram. Any broken framing or checksum is an error.

usage: read_events.py EVENT_FILE
"""

import struct, sys

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF

assert crc32c(b"123456789") == 0xE3069283

def masked(data):
    crc = crc32c(data)
    return (crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8 & 0xFFFFFFFF

def varint(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place

def fields(data):
    place = 0
    while place < len(data):
        key, place = varint(data, place)
        if key & 7 == 0:
            value, place = varint(data, place)
        else:
            count, place = {1: (8, place), 5: (4, place)}.get(key & 7) or varint(data, place)
            value, place = data[place:place + count], place + count
            assert len(value) == count
        yield key >> 3, value

data = open(sys.argv[1], "rb").read()
place = 0
while place < len(data):
    head = data[place:place + 8]
    length, = struct.unpack("<Q", head)
    assert struct.unpack("<I", data[place + 8:place + 12]) == (masked(head),)
    record = data[place + 12:place + 12 + length]
    place += 12 + length + 4
    assert struct.unpack("<I", data[place - 4:place]) == (masked(record),)
    event = dict(fields(record))
    assert struct.unpack("<d", event[1])[0] > 1.6e9
    if 3 in event:
        print("version", event[3].decode())
    for number, value in fields(event.get(5, b"")):
        entry = dict(fields(value))
        if 2 in entry:
            print(event[2], entry[1].decode(), struct.unpack("<f", entry[2])[0])
        if 5 in entry:
            histogram = dict(fields(entry[5]))
            buckets = struct.unpack("<30d", histogram[7])
            assert len(histogram[6]) == 240
            print(event[2], entry[1].decode(), sum(buckets), struct.unpack("<d", histogram[4])[0])
