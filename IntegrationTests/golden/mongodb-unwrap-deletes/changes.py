oid = ObjectId("65e0c0de65e0c0de65e0c0de")
db.docs.update_one({"_id": 1}, {"$set": {"v": 2}, "$unset": {"n": ""}})
db.docs.update_one({"_id": 1}, {"$unset": {"v": ""}})
for key in (1, oid, {"a": 1}, "text"):
    db.docs.delete_one({"_id": key})
with client.start_session() as s, s.start_transaction():
    db.docs.insert_one({"_id": 5, "v": 1}, session=s)
    db.docs.delete_one({"_id": 5}, session=s)
