create schema s;
create table s.a (id int primary key, v text, secret text);
create table s.b (id int primary key, v text);
create table public.a (id int primary key);
insert into s.a values (1, 'x', 'y');
insert into s.b values (1, 'x');
insert into public.a values (1);
