#pragma once
#include <string_view>

namespace bmsd::web {

/// The description of /api/v1 for programs (OpenAPI 3.0), served as /api/v1/openapi.json; a test holds it against the
/// answers.
extern const std::string_view openapi;

}  // namespace bmsd::web
