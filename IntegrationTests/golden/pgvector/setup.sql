create extension vector;
create table items (id int primary key, v vector(3), free vector, h halfvec(3), s sparsevec(5), av vector[], v_not_null vector(2) not null default '[0,1]');
insert into items values (1, '[1,2.5,-3]', '[0.1]', '[1,2.5,0.1]', '{1:1.5,3:-2}/5', array['[1,2]'::vector], '[1e10,1e-10]');
insert into items (id) values (2);
insert into items values (3, '[3.4028235e38,1e-45,0]', '[1,2]', '[65504,-0.00006,0]', '{}/5', '{}', '[0.1,123456789]');
