db.create_collection("signals")
db.plain.insert_many([{"_id": n, "v": f"v{n}", "n": n % 4} for n in range(1, 5)])
db.other.insert_many([{"_id": n, "v": f"o{n}"} for n in range(1, 4)])
db.create_collection("void")
