"""Names each public symbol without documentation in the symbol graphs given, and fails if there is one."""

import json
import sys

missing, total = [], 0
for path in sys.argv[1:]:
    graph = json.load(open(path))
    module = graph["module"]["name"]
    # Those that fulfil a requirement say what the requirement says; those of the standard library are known.
    inherits = {link["source"] for link in graph["relationships"] if link.get("sourceOrigin") or link["kind"] in ("requirementOf", "overrides")
                and link.get("targetFallback", "").startswith("Swift.")}
    for symbol in graph["symbols"]:
        if "location" not in symbol:
            continue   # made by the compiler
        total += 1
        if "docComment" not in symbol and symbol["identifier"]["precise"] not in inherits:
            place = symbol["location"]
            missing.append(f"{place['uri'].removeprefix('file://')}:{place['position']['line'] + 1}: {module}.{'.'.join(symbol['pathComponents'])}")
for line in sorted(set(missing)):
    print(line)
print(f"{total} public symbols, {len(set(missing))} without documentation")
sys.exit(bool(missing))
