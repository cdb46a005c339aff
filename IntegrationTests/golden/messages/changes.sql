select pg_logical_emit_message(true, 'audit', 'hello ü');
select pg_logical_emit_message(false, 'outside', 'now');
begin; insert into a values (2); select pg_logical_emit_message(true, 'inside', '\x00ff'::bytea); insert into a values (3); commit;
begin; select pg_logical_emit_message(true, 'undone', 'x'); rollback;
select pg_logical_emit_message(true, '', '');
