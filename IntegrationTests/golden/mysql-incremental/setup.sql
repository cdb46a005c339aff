create table plain (id int primary key, v text, at datetime(6) default '2024-05-06 07:08:09.123456', d decimal(10,2));
insert into plain (id, v, d) values (1, 'v1', 0.33), (2, 'v2', 0.67), (3, 'v3', 1), (4, 'v4', 1.33), (5, 'v5', 1.67), (6, 'v6', 2),
  (7, 'v7', 2.33), (8, 'v8', 2.67), (9, 'v9', 3), (10, 'v10', 3.33), (11, 'v11', 3.67), (12, 'v12', 4);
create table composite (a int, b varchar(20) collate utf8mb4_0900_ai_ci, n int, primary key (a, b));
insert into composite values (0, 'b1', 1), (0, 'B2', 2), (1, 'b3', 3), (1, 'B4', 4), (1, 'é5', 5), (2, 'e6', 6), (2, 'Z', 7), (2, 'a', 8);
create table texts (k varchar(20) collate utf8mb4_0900_ai_ci primary key, v int);
insert into texts values ('b', 1), ('Ba', 2), ('é', 3), ('a''b', 4), ('a\\b', 5), ('', 6), ('tab\tline\n', 7), ('Z', 8), ('zz', 9), ('😀', 10), ('f', 11);
create table latins (k varchar(20) charset latin1 collate latin1_german2_ci primary key, v int);
insert into latins values ('ä', 1), ('ad', 2), ('az', 3), ('b', 4), ('ß', 5), ('st', 6), ('Ü', 7);
create table binaries (k varbinary(16) primary key, v int);
insert into binaries values (x'00', 1), (x'ff00', 2), (x'', 3), (x'5c27', 4), (x'c3a4', 5);
create table unsigneds (k bigint unsigned primary key, v int);
insert into unsigneds values (1, 1), (9223372036854775807, 2), (2, 5), (3, 6), (4, 7), (5, 8), (6, 9);
create table decimals (k decimal(20,4) primary key, v int);
insert into decimals values (-5.5, 1), (0, 2), (12345678901234.5678, 3), (1.0001, 4), (1.0002, 5), (10, 6), (9, 7);
create table times (d date, t datetime(6), v int, primary key (d, t));
insert into times values ('2024-02-29', '2024-02-29 01:02:03.000001', 1), ('2024-02-29', '2024-02-29 01:02:03.000002', 2), ('1999-12-31', '1999-12-31 23:59:59.999999', 3),
  ('2000-01-01', '2000-01-01 00:00:00', 4), ('2041-01-01', '2041-01-01 12:00:00.5', 7);
create table uniques (u varchar(10) not null unique, v int);
insert into uniques values ('q', 1), ('p', 2), ('r', 3), ('s', 4), ('t', 5), ('u', 6);
create table surrogates (k varchar(10) primary key, n int, v text);
insert into surrogates values ('x', 3, 'c'), ('y', 1, 'a'), ('z', 2, 'b'), ('u', 4, 'd'), ('t', 5, 'e'), ('s', 6, 'f');
create table keyless (a int, b int);
insert into keyless values (1, 1), (2, 2);
create table empties (k int primary key);
create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
