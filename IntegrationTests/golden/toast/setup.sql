create table by_key (id int primary key, n int, t text, b bytea, j jsonb, v varchar, l text[]);
create table whole (id int primary key, n int, t text, b bytea);
create table keyed (id int, t text, n int, primary key (id));
alter table by_key alter t set storage external, alter b set storage external, alter j set storage external, alter v set storage external, alter l set storage external;
alter table whole alter t set storage external, alter b set storage external;
alter table whole replica identity full;
insert into by_key values (1, 1, repeat('t', 2100), decode(repeat('ab', 2100), 'hex'), jsonb_build_object('j', repeat('j', 2100)), repeat('v', 2100), array[repeat('l', 2100)]);
insert into whole values (1, 1, repeat('t', 2100), decode(repeat('ab', 2100), 'hex'));
