update "Odd_Schema ü"."Ta-ble.1" set "with.dot" = 'x';
update "Odd_Schema ü"."Ta-ble.1" set "a-b" = 9;
insert into "9table" values (2, 'b');
insert into "Odd_Schema ü".odd_schema values (1);
