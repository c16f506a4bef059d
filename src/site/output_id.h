#pragma once
// How a battery is called where a name is part of an address: topics, labels, tags, paths of the page.
#include <string>

#include "model/who.h"

namespace bmsd::site {

/// The unique id reduced to [a-z0-9_-]. Where characters had to go a short sum of the whole id stands behind, so that
/// two batteries never share one. Stays as it is whatever order or port the battery comes in.
std::string output_id(const Who& who);

}  // namespace bmsd::site
