# find_package(oneormany): oneormany::core, or of its parts oneormany::loss, head, metrics, ood.
include(CMakeFindDependencyMacro)
find_dependency(Eigen3 3.4 NO_MODULE)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/oneormany-targets.cmake)
