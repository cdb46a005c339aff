# Two parts, three parts, and none: the field that makes events large is left out of the records.
db.docs.update_one({"_id": 1}, {"$set": {"v": 2}})
db.docs.update_one({"_id": 1}, {"$set": {"v": 3, "big": "y" * 9_000_000}, "$unset": {"w": 1}})
db.docs.insert_one({"_id": 2, "v": 1})
with client.start_session() as session, session.start_transaction():
    db.docs.update_one({"_id": 2}, {"$set": {"v": 2}}, session=session)
    db.docs.update_one({"_id": 1}, {"$set": {"v": 4}}, session=session)
    db.docs.update_one({"_id": 2}, {"$set": {"v": 3}}, session=session)
db.docs.replace_one({"_id": 1}, {"big": "z" * 9_000_000, "v": 5})
db.docs.delete_one({"_id": 1})
