create type mood as enum ('sad', 'ok');
create table people (id int primary key, m mood default 'ok', am mood[]);
insert into people values (1, 'sad', '{sad,ok}');
