create schema "Odd_Schema ü";
create table "Odd_Schema ü"."Ta-ble.1" (
  "Id_1" int, "1digit" int, "with.dot" text, "with""quote" text, "漢字 😀" text, "a-b" int, "$" int, "select" int, "x_y" text,
  e text, primary key ("Id_1", "a-b"));
create table "9table" (id int primary key, "_" text);
create table a1234567890123456789012345678901234567890123456789012345678901é (id int primary key);
insert into "Odd_Schema ü"."Ta-ble.1" values (1, 2, 'a', 'b', 'c', 3, 4, 5, 'e', 'f');
insert into "9table" values (1, 'a');
insert into a1234567890123456789012345678901234567890123456789012345678901é values (1);
create table "Odd_Schema ü".odd_schema (id int primary key);
