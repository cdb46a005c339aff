create table by_key (id int primary key, n int, t text, b bytea);
alter table by_key alter t set storage external, alter b set storage external;
insert into by_key values (1, 1, repeat('t', 2100), decode(repeat('ab', 2100), 'hex'));
