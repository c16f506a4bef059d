#pragma once
// The paths that a battery told by JSON documents may have. Source: core/virtual-mqtt-battery.md section 3.4.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bmsd::bank {

/// What a value at a path may be.
enum class DocumentKind : std::uint8_t { number, text, any, pack, current, percent, cell, temperature, alarm };

struct DocumentPath {
    std::string_view path;
    DocumentKind kind;
    std::optional<double> start{};  // before the first message
};

/// Those without families (cells, time to SoC).
std::span<const DocumentPath> document_paths();
/// nullopt: no such path.
std::optional<DocumentKind> document_kind(std::string_view path);
/// Paths that come with other documents and mean nothing here.
bool is_ignored(std::string_view path);
/// Whether a number of this kind can be.
bool is_plausible(DocumentKind kind, double value);

}  // namespace bmsd::bank
