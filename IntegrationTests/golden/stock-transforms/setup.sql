create table t (id int primary key, v text default 'dflt', n numeric(6,2), big bigint, small smallint, f real, d double precision,
  b boolean, bin bytea, at timestamp(3), day date, num text, nn int not null default 7);
alter table t replica identity full;
create table plain (a int, s text);
insert into t values
  (1, 'one', 1.5, 9007199254740993, -3, 1.25, 1e10, true, '\x00ff10', '2024-02-29 12:34:56.789', '1999-12-31', '42', 1),
  (2, null, -123.45, -1, 300, -0.1, -2.5, false, '\x', '1969-12-31 23:59:59.999', '0001-01-01', '-7', 2),
  (3, 'drei "3" \ ü', null, null, null, null, null, null, null, null, null, null, 3);
insert into plain values (1, 'x'), (null, null);
