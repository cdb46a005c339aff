# Documents with every BSON type, and keys of every type. What the driver cannot write (undefined, symbol, DBPointer) is written as bytes.
import struct
from bson.raw_bson import RawBSONDocument

guid = bytes.fromhex("c0ffee00123456789abcdef012345678")
oid = ObjectId("65e0c0de65e0c0de65e0c0de")


def element(kind, name, payload):
    return bytes([kind]) + name.encode() + b"\0" + payload


def text(value):
    return struct.pack("<i", len(value.encode()) + 1) + value.encode() + b"\0"


def document(*elements):
    content = b"".join(elements) + b"\0"
    return RawBSONDocument(struct.pack("<i", len(content) + 4) + content)


doubles = [0.0, -0.0, 1.0, 1.5, -2.0, 0.1, 1e-3, 9.999e-4, 1e7, 9999999.0, 12345678.9, 1e16, 1e21, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308,
           1e-300, 123456789012345680.0, 4.35, 2.0e-3, 1.0e23, 2e23, float("nan"), float("inf"), float("-inf")]
decimals = ["0", "-0", "0.0", "1", "1.0", "1234567890.1234567890", "1E+30", "1E-30", "-1.5E+6144", "1E-6176", "9.999999999999999999999999999999999E+6144",
            "0E+3", "0E-10", "0.000001", "0.0000001", "123E+5", "NaN", "Infinity", "-Infinity"]
milliseconds = [0, 1, -1, 999, 1000, -62135596800000, -62135596800001, 253402300799999, 253402300800000, 951782400000, 1709212455123, 1709212455120, 1709212455100,
         -12219292800001, 2**63 - 1, -2**63]
dates = document(*(element(0x09, str(i), struct.pack("<q", date)) for i, date in enumerate(milliseconds)))
# As a command: the driver refuses names with dots and dollars.
db.command("insert", "types", documents=[SON([
    ("_id", 1), ("doubles", doubles), ("decimals", [Decimal128(d) for d in decimals]), ("dates", dates),
    ("int32", [0, 7, -7, 2147483647, -2147483648]), ("int64", [Int64(v) for v in (0, 7, -7, 2147483648, 9223372036854775807, -9223372036854775808)]),
    ("strings", ["", "ü 漢字 😀 \u200b\ufeff\u2028\u2029\u00a0\u0085\u00ad", '"q" \'s\' \\ / \t\n\r\b\f\x01\x1f\x7f', "</script>&=", "a\0b", "\ue000\uffff"]),
    ("documents", [{}, {"a": {"b": [1, {"c": None}], "d": []}}, {"": 1, "a.b": 2, "$c": 3, 'q"\\\n': 4, "ü": 5, "a b": 6}]), ("arrays", [[], [[]], [[1, 2], ["x", None], [{}]]]),
    ("binaries", [Binary(b"\x00\xff\xfe", 0), Binary(b"", 0), Binary(b"\x01", 1), Binary(b"\x02old", 2), Binary(guid, 3), Binary(guid, 4), Binary(b"0" * 16, 5),
                  Binary(b"short", 4), Binary(b"encrypted", 6), Binary(b"column", 7), Binary(b"sensitive", 8), Binary(b"\x01", 128), Binary(b"\x02", 255)]),
    ("objectid", oid), ("booleans", [True, False]), ("null", None),
    ("regexes", [Regex("^a.*b$", "ix"), Regex("", ""), Regex('a/b"\\d', "imsx"), Regex("ü", "u")]),
    ("timestamps", [Timestamp(0, 1), Timestamp(1709212455, 3), Timestamp(4294967295, 4294967295)]),
    ("dbrefs", [DBRef("other", 5), DBRef("other", oid, "db"), DBRef("other", "x", "db", extra=1), SON([("$id", 1), ("$ref", "turned")]), {"$ref": "alone"}]),
    ("code", [Code("function() { return \"1\" }"), Code("f()", {"x": 1, "y": {"z": Int64(2)}}), Code("", {})]), ("min", MinKey()), ("max", MaxKey()),
    ("nested", {"deep": {"deeper": {"deepest": [{"x": Decimal128("1")}]}}}),
])])
db.command("insert", "names", documents=[SON([("_id", 1), ("dotted.key", 1), ("$dollar", 2), ("", "empty key"), ("ü 漢", 3), ('q"\\', 4), ("a b", 5)])])
old = [element(0x06, "undefined", b""), element(0x0E, "symbol", text('sy"mbol')), element(0x0C, "pointer", text("db.other") + oid.binary),
       element(0x03, "inside", document(element(0x06, "u", b""), element(0x0E, "s", text("x"))).raw)]
db.old.insert_one(document(element(0x10, "_id", struct.pack("<i", 1)), *old))
db.old.insert_one(document(element(0x0E, "_id", text("a symbol")), *old))
db.old.insert_one(document(element(0x0C, "_id", text("db.other") + oid.binary), *old))
db.old.insert_one(SON([("_id", 3), ("lone", 1)]))
keys = ["text key", "", 'q"\\\n ü 😀', Int64(99), Int64(9223372036854775807), 5, -5, 1.5, 2.0, float("nan"), float("inf"), 1e300, oid, Binary(guid, 4), Binary(guid, 3), Binary(b"\x00\xff", 0), Binary(b"u", 128),
        SON([("a", 1), ("b", "x")]), SON([("b", "x"), ("a", 1)]), {}, {"n": {"m": Int64(5), "o": oid, "l": [1, None]}}, True, False, datetime.datetime(2024, 2, 29, 13, 14, 15, 123000), datetime.datetime(2024, 2, 29),
        datetime.datetime(1500, 1, 1), Decimal128("1.0"), Decimal128("7E+40"), None, Timestamp(1709212455, 3), Code("f()"), Code("f()", {"x": 1}), MinKey(), MaxKey()]
for key in keys:
    db["keys"].insert_one({"_id": key, "v": 1})
db["keys"].insert_many([document(element(0x09, "_id", struct.pack("<q", date))) for date in milliseconds[-5:]])
