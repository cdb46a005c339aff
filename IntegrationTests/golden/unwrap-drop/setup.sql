create table t (id int primary key, v text, n numeric(6,2));
alter table t replica identity full;
create table d (id int primary key, v text);
insert into t values (1, 'one', 1.5), (2, null, null);
insert into d values (1, 'one');
