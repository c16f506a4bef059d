#pragma once
// One reading for people: a value a line with its unit, cells and sensors numbered. Pure.
#include <string>

#include "model/telemetry.h"

namespace bmsd::cli {

/// `width`: columns of the lines with cells.
std::string reading_text(const Reading& reading, std::size_t width);

}  // namespace bmsd::cli
