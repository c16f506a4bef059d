#pragma once
// A random but possible battery, everything a BMS could tell filled in.
#include <random>

#include "model/telemetry.h"

namespace bmsd::test {

Reading random_reading(std::mt19937_64& random, std::size_t cells);

}  // namespace bmsd::test
