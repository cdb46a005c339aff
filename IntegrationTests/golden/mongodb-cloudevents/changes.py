db.docs.insert_one({"_id": 2, "v": "y", "l": [1, 2, 3, 4, 5]})
db.docs.update_one({"_id": 2}, {"$set": {"v": "z", "n.a": 1}, "$unset": {"q": 1}})
db.docs.update_one({"_id": 2}, [{"$set": {"l": {"$slice": ["$l", 2]}}}])
with client.start_session() as session, session.start_transaction():
    db.docs.insert_one({"_id": 3, "v": "in a transaction"}, session=session)
    db.docs.delete_one({"_id": 1}, session=session)
db.docs.replace_one({"_id": 3}, {"v": 4})
