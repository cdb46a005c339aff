update "Odd_Schema ü"."Ta-ble.1" set "with.dot" = 'x';
update "Odd_Schema ü"."Ta-ble.1" set "a-b" = 9;
insert into "9table" values (2, 'b');
select pg_logical_emit_message(true, 'keep_this', 'a');
select pg_logical_emit_message(true, 'Leave', 'a');
