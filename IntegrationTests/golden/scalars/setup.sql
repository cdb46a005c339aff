create extension hstore; create extension citext; create extension ltree;
create type mood as enum ('sad', 'ok', 'happy', 'so, so');
create domain positive as int check (value > 0);
create domain shorttext as varchar(10);
create table scalars (
  id bigserial primary key,
  c_smallint smallint, c_int int not null default 7, c_bigint bigint, c_real real, c_double double precision,
  c_numeric numeric(12,2), c_numeric0 numeric(20,0), c_numeric_free numeric, c_numeric_big numeric(38,10), c_money money, c_oid oid,
  c_bool boolean default true, c_char char(5), c_char1 char, c_varchar varchar(20) default 'x', c_text text, c_name name, c_bytea bytea,
  c_date date, c_time time, c_time0 time(0), c_time3 time(3), c_timetz timetz, c_timetz3 timetz(3),
  c_ts timestamp, c_ts0 timestamp(0), c_ts3 timestamp(3), c_tstz timestamptz, c_tstz3 timestamptz(3), c_interval interval,
  c_uuid uuid, c_json json, c_jsonb jsonb, c_xml xml,
  c_inet inet, c_cidr cidr, c_macaddr macaddr, c_macaddr8 macaddr8,
  c_bit1 bit, c_bit8 bit(8), c_bit40 bit(40), c_bit70 bit(70), c_varbit varbit(16), c_varbit_free varbit, c_point point,
  c_int4range int4range, c_int8range int8range, c_numrange numrange, c_tsrange tsrange, c_tstzrange tstzrange, c_daterange daterange,
  c_mood mood, c_domain positive, c_domain_text shorttext,
  c_hstore hstore, c_citext citext, c_ltree ltree, c_tsvector tsvector
);
insert into scalars values (101,
  -32768, -2147483648, -9223372036854775808, 1.5, 2.718281828459045,
  1234567890.12, 12345678901234567890, 3.14159265358979323846, 1234567890123456789012345678.0123456789, 12.34, 4294967295,
  true, 'ab', 'z', 'varchar', 'text ü 漢字 😀 "q" \ / ' || chr(9) || chr(10) || chr(13) || chr(1) || chr(127) || ' end', 'name', '\x00ff10',
  '2024-02-29', '13:14:15.123456', '13:14:15', '13:14:15.123', '13:14:15.123456+02', '13:14:15.123-03:30',
  '2024-02-29 13:14:15.123456', '2024-02-29 13:14:15', '2024-02-29 13:14:15.123', '2024-02-29 13:14:15.123456+02', '2024-02-29 13:14:15.12+02', '1 year 2 months 3 days 04:05:06.789',
  'c0ffee00-1234-5678-9abc-def012345678', '{"a": [1, 2.50, null], "b": "x"}', '{"b": 1, "a": {"c": 1.10}}', '<a>1</a>',
  '192.168.0.1/24', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
  '1', '10101010', B'1111000011110000111100001111000011110000', repeat('10', 35)::bit(70), '101', '1100110011', '(1.5,-2)',
  '[1,10)', '(1,9223372036854775807)', '[1.5,2.5]', '[2024-01-01 00:00:00,2024-01-02 00:00:00)', '["2024-01-01 00:00:00+00",)', '[2024-01-01,2024-02-01)',
  'happy', 5, 'short', 'k=>v, n=>NULL, "q\"x"=>"y z"', 'CiText', 'a.b.c', 'a fat cat');
insert into scalars (id) values (102);
insert into scalars (id, c_smallint, c_int, c_bigint, c_oid, c_real, c_double, c_numeric, c_numeric0, c_numeric_free, c_money) values
  (103, 32767, 2147483647, 9223372036854775807, 0, 'NaN', 'Infinity', -0.01, -1, 'NaN', -92233720368547758.08),
  (104, 0, 0, 0, 1, '-Infinity', 1e-300, 0, 0, 1e30, 92233720368547758.07),
  (105, -1, -1, -1, 2147483648, 0.1, 0.1, 9999999999.99, 99999999999999999999, -0.000001, 0),
  (106, 1, 1, 1, 3, 3.4028235e38, 1.7976931348623157e308, 1.10, 10, 1.5000, 0.01),
  (107, 1, 1, 1, 3, 1e-45, 5e-324, -1.10, -10, 0.00000000000000000000000001, -0.01),
  (108, 1, 1, 1, 3, -0.0, -0.0, 100, 100, 100, 1),
  (109, 1, 1, 1, 3, 123456789, 123456789, 1e9, 1e19, 1e5, 1000),
  (110, 1, 1, 1, 3, 1e7, 1e-3, 1, 1, 1e-10, 1000);
insert into scalars (id, c_date, c_ts, c_ts0, c_ts3, c_tstz, c_time, c_timetz, c_interval) values
  (120, '1970-01-01', '1970-01-01 00:00:00', '1970-01-01 00:00:00', '1970-01-01 00:00:00.001', '1970-01-01 00:00:00+00', '00:00', '00:00+00', '0'),
  (121, '1969-12-31', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.999999+00', '23:59:59.999999', '23:59:59.999999-15:59', '-1 mon -2 days -00:00:01'),
  (122, '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999+00', '24:00:00', '24:00:00+00', '1000 years'),
  (123, '1500-01-01', '1500-01-01 00:00:00', '1500-01-01 00:00:00', '1582-10-04 00:00:00.001', '1500-01-01 00:00:00+00', '00:00:00.000001', '12:00+15:59', '-290000 years'),
  (124, '0001-01-01', '0001-01-01 00:00:00', '0001-01-01 00:00:00', '0001-01-01 00:00:00', '0001-01-01 00:00:00+00', '12:00', '12:00:00.5+05:30', '1 microsecond');
insert into scalars (id, c_date, c_ts, c_tstz) values
  (130, 'infinity', 'infinity', 'infinity'), (131, '-infinity', '-infinity', '-infinity'),
  (132, '0044-03-15 BC', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00+00 BC'),
  (133, '10000-01-01', '10000-01-01 00:00:00', '10000-01-01 00:00:00+00');
insert into scalars (id, c_char, c_char1, c_varchar, c_text, c_name, c_bytea, c_json, c_jsonb, c_xml, c_citext, c_ltree, c_tsvector, c_hstore, c_mood) values
  (140, '', '', '', '', '', '', '""', '""', '', '', '', '', '', 'so, so'),
  (141, 'ä', 'é', '  pad  ', e'\u2028\u2029\u0080\u00a0\ufeff\U0010FFFF', repeat('n', 63), decode(repeat('00ff80', 20), 'hex'), ' [1 , 2.0,1e2, "\u00e9"] ', '[1, 2.0, 1e2, "\u00e9", null, true]', '<x>ü</x>', 'Ä', 'A_1.b', '''it''''s'':1A,2 cat:3', 'a=>"", ""=>b', 'sad');
insert into scalars (id, c_inet, c_cidr, c_macaddr, c_bit1, c_bit8, c_varbit, c_varbit_free, c_point, c_int4range, c_int8range, c_numrange, c_tsrange, c_tstzrange, c_daterange, c_uuid) values
  (150, '::1', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', '0', '00000001', '', '', '(0,0)', 'empty', '(,)', '(,1.50]', '(,)', '["1999-12-31 23:00:00+00","infinity")', '(,2024-01-01)', '00000000-0000-0000-0000-000000000000'),
  (151, '10.1.2.3', '10.1.2.3/32', '00:00:00:00:00:00', '1', '11111111', '1111111111111111', repeat('1', 100)::varbit, '(1e300,-0.000001)', '(,5]', '[1,1]', 'empty', 'empty', 'empty', 'empty', 'FFFFFFFF-ffff-ffff-ffff-ffffffffffff');
