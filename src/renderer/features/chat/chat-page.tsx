import { useEffect, useState, type JSX } from 'react';
import { useSignal } from '../../control/use-signal.ts';
import { formatRate } from '../../format/format-number.ts';
import { IconButton } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { findLastAnswer, isAnswering, toTokensPerSecond } from './chat-state.ts';
import { ChatSettingsPanel } from './chat-settings-panel.tsx';
import { Composer } from './composer.tsx';
import { ContextLine } from './context-line.tsx';
import { ChatEmpty } from './chat-empty.tsx';
import { ModelPicker } from './model-picker.tsx';
import { Thread } from './thread.tsx';
import { useChat } from './use-chat.ts';
import './chat-page.css';

/** Try a model: ask, see the answer come, stop it, ask again. `model` is chosen when the page was opened for it. */
export default function ChatPage({ model }: { model: string | undefined }): JSX.Element {
  const { chat, session } = useChat();
  const models = useSignal('models.changed');
  const [isPanelOpen, setPanelOpen] = useState(false);
  const answer = findLastAnswer(chat);
  const isBusy = isAnswering(chat);
  const speed = answer && toTokensPerSecond(answer);

  useEffect(() => {
    if (model !== undefined) session.chooseModel(model);
  }, [model, session]);

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && isAnswering(session.get())) session.stop();
      if ((event.metaKey || event.ctrlKey) && !event.shiftKey && event.key === 'n') {
        event.preventDefault();
        session.clear();
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [session]);

  return (
    <Page
      title="Chat"
      lead={<ModelPicker models={models ?? []} chosen={chat.model} choose={(id) => session.chooseModel(id)} />}
      fact={!isBusy && speed !== undefined && `${formatRate(speed)} tok/s in the last answer`}
      tools={
        <>
          <IconButton icon="plus" label="New chat" onClick={() => session.clear()} />
          <IconButton
            icon="panel"
            label="Parameters"
            aria-pressed={isPanelOpen}
            onClick={() => setPanelOpen((isOpen) => !isOpen)}
          />
        </>
      }
    >
      <div className="with-inspector" data-inspector={isPanelOpen ? 'open' : 'closed'}>
        <div className="chat-column" data-region="">
          {chat.turns.length === 0 ? (
            <ChatEmpty models={models} chosen={chat.model} ask={(text) => session.ask(text)} />
          ) : (
            <Thread chat={chat} models={models ?? []} retry={() => session.retry()} />
          )}
          <div className="chat-foot">
            <Composer
              isFirst={chat.turns.length === 0}
              isBusy={isBusy}
              isUnusable={models?.length === 0}
              send={(text) => session.ask(text)}
              stop={() => session.stop()}
            />
            {answer && <ContextLine answer={answer} />}
          </div>
        </div>
        {isPanelOpen && (
          <ChatSettingsPanel
            settings={chat.settings}
            change={(settings) => session.changeSettings(settings)}
            close={() => setPanelOpen(false)}
          />
        )}
      </div>
    </Page>
  );
}
