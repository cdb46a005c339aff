create table byidentity (id int primary key, note text, star text, cut text, cut_bytes bytea, hash1 text, hash2 text not null, plain text, bytes bytea);
create table byrow (like byidentity including all);
alter table byrow replica identity full;
do $$ declare t text; c text; begin foreach t in array array['byidentity', 'byrow'] loop foreach c in array array['star','cut','cut_bytes','hash1','hash2','plain','bytes'] loop
  execute format('alter table %I alter %I set storage external', t, c); end loop; end loop; end $$;
insert into byidentity select 1, 'a', b, b, b::bytea, b, b, b, b::bytea from (select repeat('0123456789', 300) b) s;
insert into byrow select * from byidentity;
