db.plain.insert_many([{"_id": 1}, {"_id": 2}])
db.command("create", "measured", timeseries={"timeField": "t", "metaField": "m"})
db.measured.insert_one({"_id": 1, "t": datetime.datetime(2024, 1, 1), "m": "a", "v": 1})
db.command("create", "seen", viewOn="plain", pipeline=[])
