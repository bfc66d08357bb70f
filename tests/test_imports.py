"""Modules import each other in one direction only; import-linter checks the order of the packages."""

import grimp


def test_no_module_imports_another_one_in_a_circle():
    graph = grimp.build_graph("eraser", exclude_type_checking_imports=True, cache_dir=None)
    left = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}

    while free := [module for module, imported in left.items() if not imported & left.keys()]:
        for module in free:
            del left[module]

    assert set(left) == set()
