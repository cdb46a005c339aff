names = ["with space", "dots.in.name", "ünï 漢字 😀", "UPPER", "0digit", "-dash", "under_score", "a{b}[c](d)", 'quote"\'', "kind.one", "kind.two", "system_not", "n" * 120]
other = client["gölden-mongodb"]
client.drop_database(other.name)
for name in names:
    db[name].insert_one({"_id": 1, "in": name})
other["c.1"].insert_one({"_id": 1})
db.create_collection("empty")
db.create_collection("capped", capped=True, size=4096, max=2)
db.capped.insert_many([{"_id": i} for i in range(3)])
db.command("create", "clustered", clusteredIndex={"key": {"_id": 1}, "unique": True})
db.clustered.insert_many([{"_id": i} for i in (2, 1)])
db.create_collection("collated", collation={"locale": "de", "strength": 2})
db.collated.insert_many([{"_id": "b"}, {"_id": "A"}, {"_id": "a2"}])
db.doomed.insert_one({"_id": 1})
db.moving.insert_one({"_id": 1})
db.onto.insert_one({"_id": 1})
