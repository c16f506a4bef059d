// bmsd report: one archive for a support thread.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "cli/commands.h"
#include "cli/report.h"
#include "cli/secrets.h"
#include "config/load.h"
#include "daemon/daemon.h"
#include "link/serial.h"
#include "util/file.h"
#include "util/log.h"
#include "util/version.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_of_a_kind = 20U << 20;  // bytes of logs, and of captures

/// A folder that goes with everything in it.
class WorkFolder {
  public:
    WorkFolder()
    {
        std::string name = (fs::temp_directory_path() / "bmsd-report-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + " cannot be made");
        path_ = name;
    }
    ~WorkFolder()
    {
        std::error_code error;
        fs::remove_all(path_, error);
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

/// Runs a program of the system, what it says to `output` and its complaints to `errors`. Whether it ended well.
bool run_program(std::vector<std::string> words, int output, int errors)
{
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    pid_t process = 0;
    const int failed = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    return failed == 0 && ::waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A file that was not there before, for this user only.
link::Fd new_file(const std::string& path)
{
    return link::Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
}

/// The newest regular files of `from`, as many as are allowed: name and content. A link may lead anywhere and is left
/// out.
std::vector<std::pair<std::string, std::string>> newest_of(const fs::path& from)
{
    std::error_code error;
    std::vector<std::pair<std::string, std::string>> contents;
    if (fs::is_symlink(from, error)) return contents;
    std::vector<fs::directory_entry> files;
    for (const auto& entry : fs::directory_iterator(from, error))
        if (fs::is_regular_file(entry.symlink_status(error))) files.push_back(entry);
    std::ranges::sort(files, [](const auto& a, const auto& b) { return a.last_write_time() > b.last_write_time(); });
    std::uintmax_t size = 0;
    for (const auto& file : files) {
        size += file.file_size(error);
        if (size > most_of_a_kind) break;
        const auto content = read_regular_file(file.path().string(), most_of_a_kind);
        if (content) contents.emplace_back(file.path().filename().string(), *content);
    }
    return contents;
}

std::string about(const DoctorFacts& facts)
{
    utsname system{};
    ::uname(&system);
    return fmt::format("bmsd {}\nVenus OS: {}\ndevice: {}\nkernel: {} {} {}\n", version,
                       facts.machine.venus.empty() ? "no" : facts.machine.venus, facts.machine.device, system.sysname,
                       system.release, system.machine);
}

/// The parts of a report, in a folder of their own until they are packed.
class Parts {
  public:
    explicit Parts(const std::string& configuration)
    {
        put("config.ini", secrets_.configuration(configuration), false);
    }

    void put(const std::string& name, const std::string& text, bool remove_secrets = true)
    {
        const auto& content = remove_secrets ? secrets_.text(text) : text;
        if (content.empty()) return;
        if (const auto written = write_file(folder() / name, content); !written)
            throw std::runtime_error(written.error());
        list_ += fmt::format("  {:40} {:>8} bytes\n", name, content.size());
    }

    void put_logs()
    {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator("/var/log", error)) {
            const std::string name = entry.path().filename().string();
            if (!name.starts_with("bmsd")) continue;
            for (const auto& [file, content] : newest_of(entry.path()))
                put(fmt::format("log/{}/{}", name, file), content);
        }
        if (fs::exists("/run/systemd/system")) put("log/journal.txt", journal());
    }

    /// An error says what tar said, or that the name is taken.
    Result<void> pack(const std::string& archive) const
    {
        const auto file = new_file(archive);
        if (!file) return Failure(std::string(std::strerror(errno)));
        const std::string said = (work_.path() / "tar.txt").string();
        const auto complaints = new_file(said);
        const std::vector<std::string> words{"tar", "-cz", "-C", work_.path().string(), "bmsd-report"};
        if (run_program(words, file.get(), complaints.get())) return {};
        ::unlink(archive.c_str());
        return Failure(read_file(said).value_or(""));
    }

    /// A line a file.
    const std::string& list() const { return list_; }

  private:
    fs::path folder() const { return work_.path() / "bmsd-report"; }

    std::string journal() const
    {
        const std::string path = (work_.path() / "journal.txt").string();
        const auto file = new_file(path);
        run_program({"journalctl", "-u", "bmsd", "-n", "5000", "--no-pager"}, file.get(), file.get());
        return read_file(path).value_or("");
    }

    WorkFolder work_;
    Secrets secrets_;
    std::string list_;
};

/// Of this moment: no report replaces another one.
std::string usual_name()
{
    return fmt::format("bmsd-report-{:%Y%m%d-%H%M%S}.tar.gz", fmt::localtime(std::time(nullptr)));
}

}  // namespace

int report(const ReportOptions& options)
{
    log::set_level(log::Level::error);
    const auto facts = gather_facts(options.common);
    Parts parts(config::read_configuration(facts.config_file).value_or(""));
    parts.put("about.txt", about(facts));
    parts.put("doctor.txt", to_text(examine(facts)));
    parts.put("batteries.txt", batteries_text(facts.bus));
    const std::string state = facts.state_dir.empty() ? daemon::default_state_dir() : facts.state_dir;
    for (const auto& [name, content] : newest_of(fs::path(state) / "capture")) parts.put("capture/" + name, content);
    parts.put_logs();
    const std::string archive = options.file.empty() ? usual_name() : options.file;
    if (const auto packed = parts.pack(archive); !packed) {
        fmt::print(stderr, "bmsd: {} cannot be written: {}\n", archive, packed.error());
        return 1;
    }
    fmt::print(
        "{} holds:\n{}Passwords, tokens and comments are removed from it. Before you send it look at what it says:\n"
        "  tar -xzf {}\n",
        archive, parts.list(), archive);
    return 0;
}

}  // namespace bmsd::cli
