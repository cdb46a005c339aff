-- The same rows once more, from the log.
set sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00', group_concat_max_len = 100000;
delimiter //
create procedure again(t varchar(64))
begin
  set @cols = (select group_concat(concat('`', column_name, '`') order by ordinal_position) from information_schema.columns
    where table_schema = database() and table_name = t and coalesce(generation_expression, '') = '' and column_name <> 'id');
  set @q = concat('insert into ', t, ' (id,', @cols, ') select id + 100,', @cols, ' from ', t, ' where id < 100 order by id');
  prepare s from @q; execute s;
end //
delimiter ;
call again('wholes');
call again('fractions');
call again('bits');
call again('times');
call again('durations');
call again('zeros');
call again('texts');
call again('charsets');
call again('mixed');
call again('binaries');
call again('choices');
call again('big_enum');
call again('shapes');
call again('odd');
call again('defaults');
