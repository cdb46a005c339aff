# The same documents once more as changes: inserted, and merged into one that is there, so that each field is an updated one.
for name in ("types", "old", "keys"):
    db[name].aggregate([{"$match": {"_id": {"$ne": None}}}, {"$merge": name + "_again"}])
db["keys_again"].insert_one({"_id": None})
db.command("insert", "names_again", documents=[db.names.find_one()])
for name in ("types", "old"):
    db[name + "_set"].insert_one({"_id": 1, "room": "x" * 6000})   # much that stays makes the server log the difference alone
    db[name].aggregate([{"$match": {"_id": 1}}, {"$merge": name + "_set"}])
db["keys"].update_many({}, {"$set": {"v": 2}})
db["keys"].delete_many({})
