create table t (id int primary key, n int, small text, big text, j jsonb, b bytea, a text[], d numeric(10,2), at timestamptz, dflt int default 7, req text not null default 'r');
create table pair (a int, b text, v text, big text, primary key (a, b));
create table nokey (id int, big text, n int);
alter table nokey replica identity full;
alter table t alter column big set storage external, alter column j set storage external, alter column b set storage external, alter column a set storage external;
alter table pair alter column big set storage external;
insert into t values (1, 1, 'one', (select string_agg(md5(i::text), '') from generate_series(1, 1 + 400) i), jsonb_build_object('k', (select string_agg(md5(i::text), '') from generate_series(2, 2 + 400) i)), decode((select string_agg(md5(i::text), '') from generate_series(3, 3 + 400) i), 'hex'), array[(select string_agg(md5(i::text), '') from generate_series(4, 4 + 400) i)], 1.5, '2024-01-01 00:00:00+00', null, 'x');
insert into pair values (1, 'x', 'v', (select string_agg(md5(i::text), '') from generate_series(5, 5 + 400) i));
insert into nokey values (1, (select string_agg(md5(i::text), '') from generate_series(6, 6 + 400) i), null);
