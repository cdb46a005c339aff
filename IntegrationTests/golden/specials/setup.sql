create table numbers (id int primary key, n numeric, s numeric(6,2), neg numeric(5,-2), a numeric[], s2 numeric(4,2)[], m money);
insert into numbers values (1, 'NaN', 'NaN', 'NaN', '{NaN,1}', '{1}', '$1,234.50'), (2, 'Infinity', null, 12345, '{Infinity,-Infinity}', '{}', '-0.01'), (3, '-Infinity', -0.1, -0.4, null, null, 0), (4, 1e-300, 0.005, 99900, '{1e30}', '{-1.5}', 1e9), (5, 1e400, 1, 0, '{-1e-10}', null, null);
create table strict (id int primary key, n numeric not null, s numeric(6,2) not null);
insert into strict values (1, 'NaN', 'NaN');
create table times (id int primary key, d date, t time, t3 time(3), ts timestamp, ts3 timestamp(3), z timestamptz, i interval);
insert into times values
  (1, 'infinity', '24:00:00', '24:00:00', 'infinity', 'infinity', 'infinity', '0'), (2, '-infinity', '00:00:00.000001', '00:00:00.001', '-infinity', '-infinity', '-infinity', '1 microsecond'),
  (3, '0044-03-15 BC', '12:00', '12:00', '0044-03-15 12:00:00.5 BC', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00+00 BC', '-100 years'),
  (4, '10000-01-01', '12:00', '12:00', '10000-01-01 00:00:00', '10000-01-01 00:00:00', '10000-01-01 00:00:00+00', '10000 years 11 mons 40 days 100:00:00.5'),
  (5, '1500-01-01', '12:00', '12:00', '1500-01-01 00:00:00.123456', '1500-01-01 00:00:00', '1500-01-01 00:00:00+00', '-1 day +23:59:59.999999'),
  (6, '0001-01-01', '12:00', '12:00', '0001-01-01 00:00:00', '0001-01-01 00:00:00', '0001-01-01 00:00:00+00', '1 year -1 mons'),
  (7, '9999-12-31', '23:59:59.999999', '23:59:59.999', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999+00', '-10:05:06.5');
