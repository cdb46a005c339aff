do $$ declare t text; c text; begin
  foreach t in array array['numbers', 'times', 'binaries', 'others', 'defaults'] loop
    select string_agg(quote_ident(attname), ', ' order by attnum) into c from pg_attribute where attrelid = t::regclass and attnum > 1;
    execute format('insert into %I (id, %s) select id + 100, %s from %I order by id', t, c, c, t);
  end loop;
end $$;
select pg_logical_emit_message(true, 'audit', '\x00fffefb3e3f'::bytea);
alter type mood add value 'happy' before 'ok';
insert into others (id, m, am) values (201, 'happy', '{sad,happy}');
alter type mood rename value 'sad' to 'blue';
insert into others (id, m, am) values (202, 'blue', '{happy,blue}');
