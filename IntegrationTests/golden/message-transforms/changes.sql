select pg_logical_emit_message(true, 'pre', '{"id":"e1","aggregatetype":"Order","aggregateid":"7","payload":{"a":1,"n":null},"n":null}');
insert into t values (1);
select pg_logical_emit_message(false, 'other', '{"id":"e2","aggregatetype":"Order","aggregateid":"8","payload":{"a":2}}');
