#pragma once
#include <libdeflate.h>
#include <zstd.h>
