// bmsd report: one archive for a support thread.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "cli/commands.h"
#include "cli/report.h"
#include "daemon/daemon.h"
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

/// Runs a program of the system, its output to `output`. Whether it ended well.
bool run_program(std::vector<std::string> words, const std::string& output)
{
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t process = 0;
    const int failed = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    return failed == 0 && ::waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The newest files of `from`, as many as are allowed.
void copy_newest(const fs::path& from, const fs::path& to)
{
    std::error_code error;
    std::vector<fs::directory_entry> files;
    for (const auto& entry : fs::directory_iterator(from, error))
        if (entry.is_regular_file(error)) files.push_back(entry);
    std::ranges::sort(files, [](const auto& a, const auto& b) { return a.last_write_time() > b.last_write_time(); });
    std::uintmax_t size = 0;
    for (const auto& file : files) {
        size += file.file_size(error);
        if (size > most_of_a_kind) return;
        fs::create_directories(to, error);
        fs::copy_file(file.path(), to / file.path().filename(), error);
    }
}

void copy_logs(const fs::path& to)
{
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/var/log", error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("bmsd") && entry.is_directory(error)) copy_newest(entry.path(), to / name);
    }
    if (fs::exists("/run/systemd/system")) {
        fs::create_directories(to, error);
        run_program({"journalctl", "-u", "bmsd", "-n", "5000", "--no-pager"}, (to / "journal.txt").string());
    }
}

std::string about(const DoctorFacts& facts)
{
    utsname system{};
    ::uname(&system);
    return fmt::format("bmsd {}\nVenus OS: {}\ndevice: {}\nkernel: {} {} {}\n", version,
                       facts.machine.venus.empty() ? "no" : facts.machine.venus, facts.machine.device, system.sysname,
                       system.release, system.machine);
}

}  // namespace

int report(const ReportOptions& options)
{
    log::set_level(log::Level::error);
    const auto facts = gather_facts(options.common);
    const WorkFolder work;
    const fs::path folder = work.path() / "bmsd-report";
    const auto put = [&](const char* name, const std::string& text) {
        if (const auto written = write_file(folder / name, text); !written) throw std::runtime_error(written.error());
    };
    put("about.txt", about(facts));
    put("doctor.txt", to_text(examine(facts)));
    put("batteries.txt", batteries_text(facts.bus));
    if (const auto configuration = read_file(facts.config_file)) put("config.ini", without_secrets(*configuration));
    const std::string state = options.common.state_dir.empty() ? daemon::default_state_dir() : options.common.state_dir;
    copy_newest(fs::path(state) / "capture", folder / "capture");
    copy_logs(folder / "log");
    const std::string problem = (work.path() / "tar.txt").string();
    if (!run_program({"tar", "-czf", options.file, "-C", work.path().string(), "bmsd-report"}, problem)) {
        fmt::print(stderr, "bmsd: {} cannot be written: {}\n", options.file, read_file(problem).value_or(""));
        return 1;
    }
    fmt::print("{}\n", options.file);
    return 0;
}

}  // namespace bmsd::cli
