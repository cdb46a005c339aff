create table t (id int primary key, n numeric(5,2), m numeric(5,2) not null, q numeric(5,2) not null default 7, v text);
create table whole (id int primary key, m numeric(5,2) not null, n numeric);
alter table whole replica identity full;
insert into t values (1, 1.5, 1.5, 1.5, 'sound'), (2, 'NaN', 1.5, 1.5, 'nullable'), (3, 1.5, 'NaN', 1.5, 'required'), (4, 1.5, 1.5, 'NaN', 'with a default'), (5, 1.5, 1.5, 1.5, 'last');
insert into whole values (1, 1.5, 1), (2, 'NaN', 1), (3, 1.5, 'NaN'), (4, 1.5, 1);
