insert into plain values (4, 'live');
insert into signals values ('known', 'schema-changes', '{"database": "golden_mysql_signals", "changes": [{"type": "ALTER", "id": "\\"golden_mysql_signals\\".\\"other\\"", "table": {"defaultCharsetName": "utf8mb4", "primaryKeyColumnNames": ["id"], "columns": [{"name": "id", "jdbcType": 4, "typeName": "INT", "typeExpression": "INT", "charsetName": null, "position": 1, "optional": false, "autoIncremented": false, "generated": false}, {"name": "v", "jdbcType": 12, "typeName": "VARCHAR", "typeExpression": "VARCHAR", "charsetName": "utf8mb4", "length": 20, "position": 2, "optional": true, "autoIncremented": false, "generated": false, "hasDefaultValue": true}]}}]}');
insert into other values (1, 'other');
insert into signals values ('none', 'schema-changes', '{"database": "golden_mysql_signals"}');
insert into signals values ('bad', 'set-binlog-position', '{"binlog_filename": "x"}');
insert into plain values (5, 'end');
