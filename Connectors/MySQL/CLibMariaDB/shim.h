#pragma once
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>
typedef unsigned char uchar;
#define HAVE_TLS 1
#include <ma_pvio.h>
#include <openssl/ssl.h>
#include <openssl/err.h>
