other = client["golden_mongodb_scopes_other"]
client.drop_database(other.name)
for place in (db, other):
    for name in ("a", "b", "a.b", "ab"):
        place[name].insert_one({"_id": 1, "in": name})
