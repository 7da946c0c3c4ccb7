# Everything starts here; `make help` lists it. Works from any path, as root or as an ordinary user.
SHELL := /bin/sh
PY := .venv/bin/python
SOURCES := manage.py config core unions members cases funding metrics tests bench scripts
PRESENT = $(wildcard $(SOURCES))
BENCH ?= all
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test lint types fix bench env env-dev

help: ## 列出可用的命令
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

run: env ## 启动门户（PORT=端口；首次启动载入演示数据）
	@exec $(PY) -m config.supervisor

demo: env ## 重新载入演示数据
	@exec $(PY) manage.py load_demo --reload

test: env-dev ## 运行全部测试（PYTEST_ARGS=附加参数）
	@.ci/browser
	@exec $(PY) -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

lint: env-dev ## 检查代码、包之间的界线和模板
	@$(PY) -m ruff check $(PRESENT)
	@$(PY) -m ruff format --check $(PRESENT)
	@$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()'
	@$(PY) -m djlint templates --lint --quiet
	@$(PY) scripts/lint_templates.py

types: env-dev ## 检查类型
	@$(PY) -m mypy $(PRESENT)

fix: env-dev ## 自动整理代码格式
	@$(PY) -m ruff check --fix $(PRESENT)
	@$(PY) -m ruff format $(PRESENT)

bench: env-dev ## 对照测速（BENCH=import SIZE=100000）
	@exec $(PY) -m bench $(BENCH) $(if $(SIZE),--size $(SIZE))

env:
	@.ci/env requirements.txt

env-dev:
	@.ci/env requirements-dev.txt
