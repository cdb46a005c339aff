-- What the shipped converters change.
set sql_mode = '', time_zone = '+00:00';
create table flags (id int primary key, a tinyint(1), b tinyint(1) not null, c tinyint unsigned, d tinyint, n bool default true, s varchar(10) character set latin1, f float, g double);
insert into flags values (1, 0, 1, 0, 1, null, 'é', 1.5, 2.5), (2, -1, 2, 255, -128, 5, null, null, null), (3, null, 0, null, null, false, '', -0.5, 0);
create table moments (id int primary key, d date, dn date not null, dt datetime, dtn datetime not null, dt6 datetime(6), ts timestamp null, ts6 timestamp(6) null);
insert into moments values (1, '2024-02-29', '2024-02-29', '2024-02-29 01:02:03', '2024-02-29 01:02:03', '2024-02-29 01:02:03.000004', '2024-02-29 01:02:03', '2024-02-29 01:02:03.120000'),
  (2, '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00'), (3, null, '2000-01-01', null, '2000-01-01', null, null, null);
