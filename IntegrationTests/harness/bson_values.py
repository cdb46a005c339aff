"""BSON with nothing lost: values as (type, content), their bytes by bsonspec.org 1.1, random ones of every type, and what extended JSON
says of them. It shares no code with a driver."""

import base64
import datetime
import json
import re
import struct

codes = {"double": 1, "string": 2, "document": 3, "array": 4, "binary": 5, "undefined": 6, "oid": 7, "bool": 8, "date": 9, "null": 10, "regex": 11,
         "pointer": 12, "code": 13, "symbol": 14, "scoped": 15, "int32": 16, "timestamp": 17, "int64": 18, "decimal": 19, "max": 127, "min": 255}
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def double(number):
    """By its bytes, so that -0.0 is not 0.0 and NaN is equal to itself."""
    return "double", struct.pack("<d", number)


# to bytes

def text(value):
    content = value.encode() + b"\0"
    return struct.pack("<i", len(content)) + content


def name(value):
    return value.encode() + b"\0"


def document(fields):
    content = b"".join(bytes([codes[value[0]]]) + name(key) + encode(value) for key, value in fields)
    return struct.pack("<i", len(content) + 5) + content + b"\0"


def encode(value):
    type, *rest = value
    if type in ("undefined", "null", "min", "max"):
        return b""
    if type in ("double", "oid"):
        return rest[0]
    if type in ("string", "code", "symbol"):
        return text(rest[0])
    if type == "document":
        return document(rest[0])
    if type == "array":
        return document([(str(index), item) for index, item in enumerate(rest[0])])
    if type == "binary":
        subtype, content = rest
        inner = struct.pack("<i", len(content)) + content if subtype == 2 else content
        return struct.pack("<iB", len(inner), subtype) + inner
    if type == "bool":
        return bytes([rest[0]])
    if type in ("date", "int64"):
        return struct.pack("<q", rest[0])
    if type == "int32":
        return struct.pack("<i", rest[0])
    if type == "regex":
        return name(rest[0]) + name(rest[1])
    if type == "pointer":
        return text(rest[0]) + rest[1]
    if type == "scoped":
        content = text(rest[0]) + document(rest[1])
        return struct.pack("<i", len(content) + 4) + content
    if type == "timestamp":
        return struct.pack("<II", rest[1], rest[0])
    if type == "decimal":
        import bson
        return bson.Decimal128(rest[0]).bid
    raise AssertionError(type)


# at random

extremes = {
    "double": [0.0, -0.0, 1.0, -1.5, 5e-324, 1.7976931348623157e308, -2.2250738585072014e-308, float("nan"), float("inf"), float("-inf"), 1e16, 9007199254740993.0,
               0.1, 1e-3, 9.999e-4, 1e7, 12345678.9, 2e-7],
    "int32": [0, 1, -1, 2**31 - 1, -2**31], "int64": [0, 1, -1, 2**31, -2**31 - 1, 2**53 + 1, 2**63 - 1, -2**63],
    "date": [0, -1, 1, 253402300799999, 253402300800000, -2**63, 2**63 - 1, 1709212455123, -62135596800000, 951782400000],
    "decimal": ["0", "-0", "0E+3", "1E-6176", "9.999999999999999999999999999999999E+6144", "NaN", "Infinity", "-Infinity", "-1.50", "123456.789E+20", "1E-7", "0.000001"],
    "timestamp": [(1, 0), (2**32 - 1, 2**32 - 1), (1709212455, 3)],
    "string": ["", "\0", "\"\\/\b\f\n\r\t\x1f\x7f", "ü ß 漢字", "\U0001F600\U0010FFFF", "a\u0301", "\u2028\u2029\ufeff\ufffd\ue000", "$where", "x" * 3000],
}


def words(dice):
    kind = dice.random()
    if kind < 0.3:
        return dice.choice(extremes["string"])
    top = 0x80 if kind < 0.6 else 0x800 if kind < 0.8 else 0x110000
    return "".join(chr(code) for code in (dice.randrange(top) for _ in range(dice.randrange(30))) if not 0xD800 <= code < 0xE000)


def field_name(dice):
    found = words(dice).replace("\0", "")[:20].lstrip("$")
    return found if found not in ("_id", "n") else "x"


def fields(dice, depth):
    found = {}
    for _ in range(dice.randrange(1, 6)):
        found[field_name(dice)] = value(dice, depth)
    return list(found.items())


def value(dice, depth=0, of_key=False):
    types = [type for type in codes if not (of_key and type in ("array", "regex", "undefined", "timestamp"))]
    if depth >= 4 or of_key:
        types = [type for type in types if type not in ("array", "scoped") and not (type == "document" and not of_key)]
    type = dice.choice(types)
    if type in ("undefined", "null", "min", "max"):
        return (type,)
    if type == "double":
        number = dice.choice(extremes[type]) if dice.random() < 0.5 else struct.unpack("<d", dice.randbytes(8))[0]
        return double(float("nan") if number != number else number)
    if type == "oid":
        return type, dice.randbytes(12)
    if type in ("string", "code", "symbol"):
        return type, words(dice)
    if type == "document":
        return type, fields(dice, depth + 1)
    if type == "array":
        return type, [value(dice, depth + 1) for _ in range(dice.randrange(5))]
    if type == "binary":
        subtype = dice.choice((0, 0, 1, 2, 3, 4, 5, 128, 255))
        return type, subtype, dice.randbytes(16 if subtype in (3, 4, 5) else dice.randrange(40))
    if type == "bool":
        return type, dice.random() < 0.5
    if type in ("int32", "int64", "date"):
        if dice.random() < 0.5:
            return type, dice.choice(extremes[type])
        bits = dice.randrange(1, 32 if type == "int32" else 64)
        return type, dice.randrange(-2**bits, 2**bits)
    if type == "regex":
        return type, words(dice).replace("\0", ""), "".join(sorted(dice.sample("ilmsux", dice.randrange(4))))
    if type == "pointer":
        return type, words(dice).replace("\0", "") or "c", dice.randbytes(12)
    if type == "scoped":
        return type, words(dice), fields(dice, depth + 1)
    if type == "timestamp":
        return type, *(dice.choice(extremes[type]) if dice.random() < 0.5 else (dice.randrange(1, 2**32), dice.randrange(2**32)))
    return type, dice.choice(extremes["decimal"]) if dice.random() < 0.5 else f"{dice.choice(('', '-'))}{dice.randrange(1, 10**dice.randrange(1, 35))}E{dice.randrange(-6100, 6100)}"


# out of extended JSON

def parse(content, form):
    """The value that a text says. `form` is v1, canonical or relaxed."""
    def number(digits):
        found = int(digits)
        return ("int32", found) if -2**31 <= found < 2**31 else ("int64", found)

    def plain(found):
        if isinstance(found, list):
            return "array", [plain(item) for item in found]
        if isinstance(found, str):
            return "string", found
        if found is None:
            return ("null",)
        if isinstance(found, bool):
            return "bool", found
        return found

    def pairs(found):
        return special(dict(found), form) or ("document", [(key, plain(item)) for key, item in found])

    found = json.loads(content, object_pairs_hook=pairs, parse_int=number, parse_float=lambda digits: double(float(digits)),
                       parse_constant=lambda constant: double(float(constant)))
    return plain(found)


def special(found, form):
    """What an object with `$` in its names stands for; None for a document."""
    names = tuple(found)
    if not names or not names[0].startswith("$"):
        return None
    first = found[names[0]]
    if names == ("$numberDouble",):
        return double(float(first))
    if names in (("$numberInt",), ("$numberLong",)):
        return ("int32" if names[0] == "$numberInt" else "int64"), int(first)
    if names == ("$numberDecimal",):
        return "decimal", first
    if names == ("$oid",):
        return "oid", bytes.fromhex(first)
    if names == ("$symbol",):
        return "symbol", first
    if names == ("$undefined",):
        return ("undefined",)
    if names in (("$minKey",), ("$maxKey",)):
        return (names[0][1:4],)
    if names == ("$code",):
        return "code", first
    if names == ("$code", "$scope"):
        return "scoped", first, found["$scope"][1]
    if names == ("$timestamp",):
        inner = dict(first[1])
        return "timestamp", whole(inner["t"]), whole(inner["i"])
    if names == ("$date",):
        if isinstance(first, str):
            assert form == "relaxed"
            return "date", (datetime.datetime.fromisoformat(first.replace("Z", "+00:00")) - epoch) // datetime.timedelta(milliseconds=1)
        return "date", whole(first)
    if names == ("$binary", "$type"):
        assert form == "v1"
        return "binary", int(found["$type"], 16), base64.b64decode(first, validate=True)
    if names == ("$binary",):
        inner = dict(first[1])
        return "binary", int(inner["subType"][1], 16), base64.b64decode(inner["base64"][1], validate=True)
    if names == ("$regex", "$options"):
        assert form == "v1"
        return "regex", first, found["$options"]
    if names == ("$regularExpression",):
        inner = dict(first[1])
        return "regex", inner["pattern"][1], inner["options"][1]
    if names == ("$dbPointer",):
        return "pointer", *first[1:]
    if names == ("$ref", "$id"):   # in canonical JSON only within $dbPointer
        return "pointed" if form == "canonical" else "pointer", first, found["$id"][1]
    raise AssertionError(names)


def whole(value):
    assert value[0] in ("int32", "int64"), value
    return value[1]


def as_printed(value, form):
    """What can be told from the text of that form: relaxed JSON does not tell int64 from int32."""
    type, *rest = value
    if type == "int64" and form == "relaxed" and -2**31 <= rest[0] < 2**31:
        return "int32", rest[0]
    if type == "decimal":
        import bson
        return type, str(bson.Decimal128(rest[0]))
    if type == "array":
        return type, [as_printed(item, form) for item in rest[0]]
    if type == "document":
        return type, [(key, as_printed(item, form)) for key, item in rest[0]]
    if type == "scoped":
        return type, rest[0], [(key, as_printed(item, form)) for key, item in rest[1]]
    return value


def unescaped_surrogates(content):
    """Both halves of a character outside the basic plane are escaped: nothing of it stands in the text as it is."""
    return re.search("[\U00010000-\U0010ffff]", content)
