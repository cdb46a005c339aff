db.a.insert_one({"_id": 9, "alone": True})
with client.start_session() as s:
    with s.start_transaction():
        db.a.insert_one({"_id": 10}, session=s)
        db.b.insert_many([{"_id": 11}, {"_id": 12}], session=s)
        db.a.update_one({"_id": 1}, {"$set": {"v": 2}}, session=s)
        db.a.replace_one({"_id": 2}, {"r": 1}, session=s)
        db.b.delete_one({"_id": 1}, session=s)
    with s.start_transaction():
        db.a.update_one({"_id": 1}, {"$set": {"v": 3}}, session=s)
        db.a.update_one({"_id": 1}, {"$set": {"v": 4}}, session=s)
    with s.start_transaction():
        db.a.insert_one({"_id": 20}, session=s)
        s.abort_transaction()
db.a.insert_one({"_id": 30, "alone": True})
db.a.update_one({"_id": 30}, {"$set": {"x": 1}})
with client.start_session() as s, s.start_transaction():
    db.b.insert_one({"_id": 40}, session=s)
with client.start_session() as s, s.start_transaction():
    db.b.insert_one({"_id": 41}, session=s)
    db.b.delete_one({"_id": 41}, session=s)
    db.made.insert_one({"_id": 1}, session=s)
db.b.delete_one({"_id": 40})
