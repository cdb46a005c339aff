create extension vector;
create table v (id int primary key, a vector(3), h halfvec(2), s sparsevec(5));
insert into v values (1, '[1,2.5,-3e10]', '[0.1,2]', '{5:1.5,1:2}/5'), (2, null, null, null);
