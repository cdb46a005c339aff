create table t (id int primary key, v text default 'dflt', n numeric(6,2), big bigint, small smallint, f real, d double precision, b boolean,
  bin bytea, at timestamp(3), at6 timestamp(6), tz timestamptz, ttz timetz, day date, tm time);
alter table t replica identity full;
create table t_2 (id int, part text, v varchar(10), primary key (id, part));
create table nokey (a int, s text);
insert into t values (1, 'one', 1.50, 9007199254740993, -3, 1.25, 1e10, true, '\x00ff10', '2024-03-31 02:30:00.789', '2024-10-27 02:30:00.123456',
    '2024-07-01 12:00:00.5+00', '10:11:12.5+02', '1999-12-31', '01:02:03'),
  (2, null, -123.45, -1, 300, -0.1, -2.5, false, '\x', '1969-12-31 23:59:59.999', '1900-01-01 00:00:00', '0044-03-15 00:00:00+00 BC', '23:59:59.999999-05', null, null),
  (3, 'drei "3" \ ü €😀', null, null, null, null, null, null, null, null, null, null, null, null, null);
insert into t_2 values (1, 'a', 'x');
insert into nokey values (1, 'x');
