create table t (id int primary key, v text);
create table u (id int primary key);
create table empty (id int primary key);
insert into t values (1, 'one'), (2, 'two'), (3, 'three');
insert into u values (1);
